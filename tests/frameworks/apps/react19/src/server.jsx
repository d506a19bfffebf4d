import { renderToString } from 'react-dom/server'
import { App } from './App.jsx'

export const render = path => ({ body: `<div id="root">${renderToString(<App first={path} />)}</div>` })
