# Run when installing: the files of examples/systemd, which name programs by their paths, with the prefix
# that was chosen in place of /usr/local.
file(REAL_PATH "${CMAKE_INSTALL_PREFIX}" prefix)
# CPack installs into a folder of its own first, which is no part of the paths on the machine to be.
string(REGEX REPLACE "^.*/_CPack_Packages/[^/]+/[^/]+/[^/]+" "" service_prefix "${prefix}")
file(GLOB service_files "${SERVICE_SOURCE}/*")
foreach(source IN LISTS service_files)
  get_filename_component(name "${source}" NAME)
  set(target "$ENV{DESTDIR}${prefix}/${SERVICE_TARGET}/${name}")
  message(STATUS "Installing: ${target}")
  file(READ "${source}" text)
  string(REPLACE "/usr/local" "${service_prefix}" text "${text}")
  file(WRITE "${target}" "${text}")
endforeach()
