find_package(tartan CONFIG REQUIRED COMPONENTS nonsense)
