# Where the FHS wants things: programs, man pages, completions, SQL, schemas, examples, the pipeline script, the
# dashboard, the image and its chart, the service. The Debian package (debian/) holds what this installs.
install(TARGETS sp-schema sp-validate sp-transform sp-aggregate sp-load sp-watch
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(PROGRAMS scripts/sp-pipeline tools/sp-report/sp-report DESTINATION ${CMAKE_INSTALL_BINDIR})

file(GLOB SP_MAN1 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.1)
file(GLOB SP_MAN5 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.5)
file(GLOB SP_MAN7 CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.7)
install(FILES ${SP_MAN1} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${SP_MAN5} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${SP_MAN7} DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)

set(SP_DATADIR ${CMAKE_INSTALL_DATADIR}/${PROJECT_NAME})
install(FILES tools/sp-report/report.sql tools/sp-report/charts.gp tools/sp-report/page.css
        DESTINATION ${SP_DATADIR}/report)
install(DIRECTORY deploy/container deploy/grafana deploy/helm DESTINATION ${SP_DATADIR})
install(DIRECTORY sql/ DESTINATION ${SP_DATADIR}/sql FILES_MATCHING PATTERN "*.sql")
# sp-schema chooses among these: no two of a name.
install(DIRECTORY examples/sofia/ examples/sensor.community/ DESTINATION ${SP_DATADIR}/schemas
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY deploy/kafka DESTINATION ${SP_DATADIR} USE_SOURCE_PERMISSIONS)
install(DIRECTORY deploy/logs DESTINATION ${SP_DATADIR})
install(DIRECTORY deploy/prometheus DESTINATION ${SP_DATADIR})
install(DIRECTORY deploy/spark DESTINATION ${SP_DATADIR} PATTERN __pycache__ EXCLUDE)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES man/sp-report.png DESTINATION ${CMAKE_INSTALL_DOCDIR}/man)

set(SP_SYSTEMD ${PROJECT_SOURCE_DIR}/deploy/systemd)
install(FILES ${SP_SYSTEMD}/sensor-pipeline.sysusers DESTINATION lib/sysusers.d RENAME sensor-pipeline.conf)
install(FILES ${SP_SYSTEMD}/sensor-pipeline.logrotate DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/logrotate.d
        RENAME sensor-pipeline)
install(CODE "set(SP_SYSTEMD ${SP_SYSTEMD})\nset(SP_SYSCONFDIR ${CMAKE_INSTALL_SYSCONFDIR})")
install(SCRIPT cmake/install_service.cmake)
