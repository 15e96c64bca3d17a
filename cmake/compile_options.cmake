# Warnings are errors; sanitizers where asked. `sp_options` is linked by every target of ours.
add_library(sp_options INTERFACE)
target_compile_options(sp_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false alarms of g++ 12 on std::string (its bug 105651)
  -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Werror)
if(SP_SANITIZE)
  target_compile_options(sp_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sp_options INTERFACE -fsanitize=address,undefined)
endif()
if(SP_FAULT_POINTS)
  target_compile_definitions(sp_options INTERFACE SP_FAULT_POINTS)
endif()
