import VxCLI

Tool.main()
