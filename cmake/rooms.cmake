# The library's rooms and the tools. A room is a folder of lib/sp and a static library, room-NAME. It
# sees its own headers and those of the rooms that it uses (and that they use), and no others: what
# would include one from above does not compile. CONTRIBUTING.md has the table of rooms.

# sp_room(NAME [USES room...] [LIBRARIES target...])
function(sp_room name)
  cmake_parse_arguments(PARSE_ARGV 1 ROOM "" "" "USES;LIBRARIES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  add_library(room-${name} STATIC ${sources})
  # Headers are named sp/ROOM/x.h: the folder in which they are found holds this room alone.
  set(view ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view}/sp)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${name} ${view}/sp/${name} SYMBOLIC)
  target_include_directories(room-${name} PUBLIC ${view})
  list(TRANSFORM ROOM_USES PREPEND room-)
  target_link_libraries(room-${name} PUBLIC ${ROOM_USES} PRIVATE sp_options fmt::fmt ${ROOM_LIBRARIES})
endfunction()

# sp_tool(NAME USES room... [LIBRARIES target...] [SOURCES file...]): the program of this folder.
# Everything but main.cc is an object library, so that unit tests link it.
function(sp_tool name)
  cmake_parse_arguments(PARSE_ARGV 1 TOOL "" "" "USES;LIBRARIES;SOURCES")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cc)
  list(TRANSFORM TOOL_USES PREPEND room-)
  add_library(${name}-objects OBJECT ${sources} ${TOOL_SOURCES})
  target_include_directories(${name}-objects PUBLIC ${PROJECT_SOURCE_DIR}/tools)
  target_link_libraries(${name}-objects
    PUBLIC ${TOOL_USES} ${TOOL_LIBRARIES} CLI11::CLI11 fmt::fmt PRIVATE sp_options)
  add_executable(${name} main.cc)
  target_link_libraries(${name} PRIVATE ${name}-objects sp_options)
endfunction()
