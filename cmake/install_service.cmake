# Run when installing: the unit and its environment, which name files where a Debian package has them, with the
# prefix that was chosen.
file(REAL_PATH "${CMAKE_INSTALL_PREFIX}" prefix)
cmake_path(ABSOLUTE_PATH SP_SYSCONFDIR BASE_DIRECTORY "${prefix}" OUTPUT_VARIABLE sysconfdir)

# Writes SOURCE as TARGET, an absolute path.
function(install_adapted source target)
  message(STATUS "Installing: $ENV{DESTDIR}${target}")
  file(READ "${source}" text)
  string(REPLACE "/etc/sensor-pipeline" "${sysconfdir}/sensor-pipeline" text "${text}")
  string(REGEX REPLACE "/usr/(bin|share)/s" "${prefix}/\\1/s" text "${text}")
  if(NOT prefix MATCHES "^/usr(/|$)")
    string(REPLACE "ExecPaths=/usr " "ExecPaths=${prefix} /usr " text "${text}")
  endif()
  file(WRITE "$ENV{DESTDIR}${target}" "${text}")
endfunction()

# One file is both the service and the template of its kind.
foreach(name sp-watch sp-watch@)
  install_adapted("${SP_SYSTEMD}/sp-watch.service" "${prefix}/lib/systemd/system/${name}.service")
endforeach()
# What an operator has written there stays.
if(NOT EXISTS "$ENV{DESTDIR}${sysconfdir}/sensor-pipeline/sp-watch.env")
  install_adapted("${SP_SYSTEMD}/sp-watch.env" "${sysconfdir}/sensor-pipeline/sp-watch.env")
endif()
