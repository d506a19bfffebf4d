import { Head, Html, Main, NextScript } from 'next/document'

export default function Document() {
  return (
    <Html lang="en">
      <Head />
      <body>
        <header id="outside"><p>Outside the app</p></header>
        <Main />
        <NextScript />
      </body>
    </Html>
  )
}
