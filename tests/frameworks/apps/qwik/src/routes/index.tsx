import { component$ } from '@builder.io/qwik'
import { routeLoader$ } from '@builder.io/qwik-city'
import { Page } from '../components/page'
import { values } from '../values.mjs'

export const useValues = routeLoader$(() => values)

export default component$(() => <Page path="/" {...useValues().value} />)
