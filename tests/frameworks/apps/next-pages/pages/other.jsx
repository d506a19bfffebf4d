import { Page } from '../src/Page.jsx'
import { values } from '../src/values.mjs'

export const getServerSideProps = async () => ({ props: { path: '/other', ...values } })

export default function Other(props) {
  return <Page {...props} />
}
