-- Redis runs Lua 5.1 and adds these globals. script/lint-lua checks the scripts with their libraries in place.
std = 'lua51'
read_globals = { 'redis', 'cjson', 'struct', 'ARGV', 'KEYS' }
-- Functions in one table share a signature, and not all of them need every argument.
ignore = { '212' }
max_line_length = false
