import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import App from './App.vue'

export const render = async path => ({ body: `<div id="app">${await renderToString(createSSRApp(App, { first: path }))}</div>` })
