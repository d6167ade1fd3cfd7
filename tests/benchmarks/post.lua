-- Each request of wrk adds another technology. The argument makes names differ between runs.
local sent = 0
local prefix

function init(arguments)
  prefix = arguments[1]
end

function request()
  sent = sent + 1
  return wrk.format("POST", nil, nil, '{"text": "' .. prefix .. "-" .. sent .. '"}')
end
