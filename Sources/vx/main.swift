print("vx")
