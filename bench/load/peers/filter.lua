-- The usual body filter: the page is collected, five plain finds, one concatenation.
local texts = TEXTS[ngx.var.segment]
if not texts then return end
local ctx = ngx.ctx
local parts = ctx.parts
if not parts then
  parts = {}
  ctx.parts = parts
end
parts[#parts + 1] = ngx.arg[1]
if not ngx.arg[2] then
  ngx.arg[1] = nil
  return
end
local page = table.concat(parts)
local out, from = {}, 1
for i, anchor in ipairs(ANCHORS) do
  local first, last = string.find(page, anchor, from, true)
  if first then
    out[#out + 1] = string.sub(page, from, first - 1)
    out[#out + 1] = texts[i]
    from = last + 1
  end
end
out[#out + 1] = string.sub(page, from)
ngx.arg[1] = table.concat(out)
