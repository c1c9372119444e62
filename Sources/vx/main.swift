import VxCLI

await Tool.main()
