# Writes OUTPUT, a C file with the bytes of the SQL files in FOLDER, in order of name. Files
# are numbered from 0001 without a gap: the number is the schema's version.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(arrays "")
set(table "")
set(number 0)
foreach(file IN LISTS files)
  math(EXPR number "${number} + 1")
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^0*([1-9][0-9]*)_[a-z0-9_]+$" matched "${name}")
  if(NOT matched OR NOT CMAKE_MATCH_1 EQUAL number)
    message(FATAL_ERROR "${file}: expected a name like 000${number}_what_it_does.sql")
  endif()
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "static const unsigned char migration_${number}[] = {\n${bytes}0};\n")
  string(APPEND table "    {\"${name}\", migration_${number}, ${size}},\n")
endforeach()
if(number EQUAL 0)
  message(FATAL_ERROR "${FOLDER}: no migrations")
endif()
file(WRITE ${OUTPUT}.new
  "/* Made by embed_migrations.cmake of schemas/postgres. */\n"
  "#include \"adapters/postgres/migrations.h\"\n\n"
  "${arrays}\n"
  "const struct migration migrations[] = {\n${table}};\n"
  "const size_t migration_count = ${number};\n")
file(RENAME ${OUTPUT}.new ${OUTPUT})
