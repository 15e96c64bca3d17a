# Where the FHS wants things: programs, man pages, SQL, schemas, examples, the pipeline script; and the
# same as a Debian package (cpack -G DEB).
install(TARGETS sp-schema sp-validate sp-transform sp-aggregate sp-load sp-watch
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS scripts/sp-pipeline tools/sp-report/sp-report DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES tools/sp-report/report.sql tools/sp-report/charts.gp tools/sp-report/page.css
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sp/report)

file(GLOB SP_MAN1 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.1)
file(GLOB SP_MAN5 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.5)
file(GLOB SP_MAN7 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.7)
install(FILES ${SP_MAN1} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${SP_MAN5} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${SP_MAN7} DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)

install(DIRECTORY sql/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sp/sql FILES_MATCHING PATTERN "*.sql")
# sp-schema chooses among these: no two of a name.
install(DIRECTORY examples/sofia/ examples/sensor.community/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/sp/schemas
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN systemd EXCLUDE)
install(CODE "set(SERVICE_SOURCE ${PROJECT_SOURCE_DIR}/examples/systemd)
set(SERVICE_TARGET ${CMAKE_INSTALL_DOCDIR}/examples/systemd)")
install(SCRIPT cmake/install_service.cmake)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES man/sp-report.png DESTINATION ${CMAKE_INSTALL_DOCDIR}/man)

set(CPACK_PACKAGE_NAME sp)
set(CPACK_PACKAGE_CONTACT "the sp maintainers <maintainers@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "bash, coreutils, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox | gnuplot, postgresql-client")
include(CPack)
