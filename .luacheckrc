std = "lua54"
globals = {}
max_line_length = 120
files["spec/**/*_spec.lua"] = { std = "lua54+busted" }
files["spec/helper.lua"] = { std = "lua54+busted" }
