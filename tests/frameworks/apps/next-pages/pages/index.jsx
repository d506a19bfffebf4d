import { Page } from '../src/Page.jsx'
import { values } from '../src/values.mjs'

export const getServerSideProps = async () => ({ props: { path: '/', ...values } })

export default Page
