import { Page } from '../../src/Page.jsx'
import { values } from '../../src/values.mjs'

export const dynamic = 'force-dynamic'

export default function Other() {
  return <Page path="/other" {...values} />
}
