# bongsu_batch(<target> [APART <sources>]): its sources are compiled in batches, since most of a source's time is its headers'.
#
# Sources of one batch see each other's unnamed namespaces: one that names something there as a neighbour does stands
# under APART and is compiled by itself. tools/check_rooms.py finds them. What a room may include stays as it is.
set(BONGSU_BATCH 8 CACHE STRING "sources that are compiled at once; 1: each by itself, so that it has to include all it names")
function(bongsu_batch target)
  cmake_parse_arguments(batch "" "" "APART" ${ARGN})
  if(BONGSU_BATCH GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${BONGSU_BATCH})
    set_source_files_properties(${batch_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# bongsu_room(NAME <room> SOURCES ... [APART <of SOURCES>] USES <rooms and libraries> [PRIVATE_USES <libraries>])
#
# A room is a folder under src/ and a target bongsu_<room>. A room's headers are seen through a private
# folder that holds one link to it, so `#include "hub/stream.hpp"` without `USES hub` does not compile.
# add_subdirectory() order in the root file is the order of dependency: a room can only use what stands above it.
function(bongsu_room)
  cmake_parse_arguments(room "" "NAME" "SOURCES;APART;USES;PRIVATE_USES" ${ARGN})
  set(window ${CMAKE_BINARY_DIR}/windows/${room_NAME})
  file(MAKE_DIRECTORY ${window})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${window}/${room_NAME} SYMBOLIC)
  if(room_SOURCES)
    add_library(bongsu_${room_NAME} STATIC ${room_SOURCES})
    bongsu_batch(bongsu_${room_NAME} APART ${room_APART})
    target_link_libraries(bongsu_${room_NAME} PRIVATE bongsu_warnings)
    set(reach PUBLIC)
  else()
    add_library(bongsu_${room_NAME} INTERFACE)
    set(reach INTERFACE)
  endif()
  target_include_directories(bongsu_${room_NAME} ${reach} ${window})
  foreach(used IN LISTS room_USES)
    bongsu_resolve(${room_NAME} ${used} target)
    target_link_libraries(bongsu_${room_NAME} ${reach} ${target})
  endforeach()
  foreach(used IN LISTS room_PRIVATE_USES)
    bongsu_resolve(${room_NAME} ${used} target)
    target_link_libraries(bongsu_${room_NAME} PRIVATE ${target})
  endforeach()
endfunction()

function(bongsu_resolve room used out)
  if(TARGET bongsu_${used})
    set(${out} bongsu_${used} PARENT_SCOPE)
  elseif(TARGET ${used})
    set(${out} ${used} PARENT_SCOPE)
  else()
    message(FATAL_ERROR "room '${room}' uses '${used}', which is not built before it")
  endif()
endfunction()

# bongsu_test(<name> [STORES] [LABELS ...] [TIMEOUT s] SOURCES ... [APART <of SOURCES>] USES ...): one GoogleTest binary, one ctest.
# The ctest's name is the binary's; its labels are that name and LABELS, so `./test NAME` finds it.
# STORES: its databases come from sql/test/stores.hpp, and <name>_postgres runs the same tests on PostgreSQL.
function(bongsu_test name)
  if(NOT BONGSU_TESTS)
    return()
  endif()
  cmake_parse_arguments(test "STORES" "TIMEOUT" "LABELS;SOURCES;APART;USES" ${ARGN})
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
  endif()
  if(BONGSU_SANITIZE)  # Ten times slower, and a quiet machine is not always to be had.
    math(EXPR test_TIMEOUT "${test_TIMEOUT} * 10")
  endif()
  add_executable(${name} ${test_SOURCES})
  bongsu_batch(${name} APART ${test_APART})
  foreach(used IN LISTS test_USES)
    bongsu_resolve(${name} ${used} target)
    target_link_libraries(${name} PRIVATE ${target})
  endforeach()
  target_link_libraries(${name} PRIVATE bongsu_warnings GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE BONGSU_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${name};${test_LABELS}" TIMEOUT ${test_TIMEOUT})
  if(test_STORES)
    add_test(NAME ${name}_postgres COMMAND ${name})
    set_tests_properties(${name}_postgres PROPERTIES LABELS "${name};${test_LABELS}" TIMEOUT 300
      ENVIRONMENT "BONGSU_TEST_STORE=postgres")
  endif()
endfunction()
