import { renderToStream, type RenderToStreamOptions } from '@builder.io/qwik/server'
import { createQwikCity } from '@builder.io/qwik-city/middleware/node'
import qwikCityPlan from '@qwik-city-plan'
import { createServer } from 'node:http'
import Root from './root'

const render = (options: RenderToStreamOptions) =>
  renderToStream(<Root />, { ...options, containerAttributes: { lang: 'en', ...options.containerAttributes } })
const { router, notFound, staticFile } = createQwikCity({ render, qwikCityPlan, static: { root: 'dist' } })

createServer((request, response) =>
  staticFile(request, response, () => router(request, response, () => notFound(request, response, () => {})))
).listen(Number(process.env.PORT), '127.0.0.1')
