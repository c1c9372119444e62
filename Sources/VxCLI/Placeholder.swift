import VxModel
