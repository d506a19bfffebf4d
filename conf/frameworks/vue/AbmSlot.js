import { createStaticVNode } from 'vue'

const quoted = text => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

/** A named place whose content may be replaced in the HTML before Vue sees it. `html` is what everybody else gets. */
export function AbmSlot({ name, html }) {
  return createStaticVNode(`<div data-abm-slot="${quoted(name)}" data-abm-holds>${html}</div>`, 1)
}
AbmSlot.props = ['name', 'html']
