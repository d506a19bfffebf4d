import { AngularNodeAppEngine, createNodeRequestHandler, isMainModule, writeResponseToNodeResponse } from '@angular/ssr/node'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

const engine = new AngularNodeAppEngine()
const browser = join(import.meta.dirname, '../browser')

export const reqHandler = createNodeRequestHandler(async (request, response) => {
  const name = basename(new URL(request.url ?? '/', 'http://localhost').pathname)
  if (name.endsWith('.js')) {
    response.setHeader('Content-Type', 'text/javascript')
    response.end(readFileSync(join(browser, name)))
    return
  }
  const page = await engine.handle(request)
  if (page) {
    await writeResponseToNodeResponse(page, response)
  } else {
    response.statusCode = 404
    response.end()
  }
})

if (isMainModule(import.meta.url)) {
  createServer(reqHandler).listen(Number(process.env['PORT']), '127.0.0.1')
}
