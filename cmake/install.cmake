# Where the FHS wants things: programs, man pages, SQL, examples, the pipeline script.
install(TARGETS sp-validate sp-transform sp-aggregate sp-load sp-watch
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
