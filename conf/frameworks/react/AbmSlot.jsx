import { useMemo } from 'react'

/** A named place whose content may be replaced in the HTML before React sees it. `html` is what everybody else gets. */
export function AbmSlot({ name, html, as: Tag = 'div', ...rest }) {
  // The same object at every render: React 19 writes the HTML again when it is given a new one.
  const inner = useMemo(() => ({ __html: html }), [html])
  return <Tag {...rest} data-abm-slot={name} data-abm-holds="" suppressHydrationWarning dangerouslySetInnerHTML={inner} />
}
