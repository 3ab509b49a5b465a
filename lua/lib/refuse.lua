-- How a bundle is refused: the one shape of error that the host understands.
--
--   code     a name of core/base/error.h
--   where    the JSON path, "mounts[0].options[1]"
--   what     what is wrong, lower case, no full stop
--   hint     what to do about it, or nil
--   subject  what the path names, "/data", or nil
return function(code, where, what, hint, subject)
  error({ code = code, where = where, what = what, hint = hint, subject = subject }, 0)
end
