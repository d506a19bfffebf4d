import { values } from '#lib/values.mjs'

export const load = () => values
