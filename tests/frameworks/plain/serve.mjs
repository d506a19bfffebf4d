/**
 * Serves an app that Vite built twice: dist/server renders, dist/client is what the browser gets. Started in the app's
 * folder, with the port in PORT.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const PAGES = ['/', '/other']

const { render } = await import(pathToFileURL(resolve('dist/server/server.js')))
const manifest = JSON.parse(readFileSync('dist/client/.vite/manifest.json', 'utf8'))
const entry = Object.values(manifest).find(file => file.isEntry).file

async function page(path) {
  const { head = '', body } = await render(path)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Page</title>
${head}<script type="module" src="/${entry}"></script>
</head>
<body>
<header id="outside"><p>Outside the app</p></header>
${body}
</body>
</html>
`
}

createServer(async (request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname)
  try {
    if (PAGES.includes(path)) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8')
      response.end(await page(path))
    } else {
      const file = readFileSync(join('dist/client', path))
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream')
      response.end(file)
    }
  } catch (error) {
    response.statusCode = error.code === 'ENOENT' || error.code === 'EISDIR' ? 404 : 500
    response.end(String(error))
  }
}).listen(process.env.PORT, '127.0.0.1')
