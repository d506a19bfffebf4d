import { component$ } from '@builder.io/qwik'
import { QwikCityProvider, RouterOutlet } from '@builder.io/qwik-city'

export default component$(() => (
  <QwikCityProvider>
    <head>
      <meta charset="utf-8" />
      <title>Page</title>
    </head>
    <body>
      <header id="outside"><p>Outside the page, in the root</p></header>
      <RouterOutlet />
    </body>
  </QwikCityProvider>
))
