import { render as renderComponent } from 'svelte/server'
import App from './App.svelte'

export function render(path) {
  const { head, body } = renderComponent(App, { props: { first: path } })
  return { head, body: `<div id="app">${body}</div>` }
}
