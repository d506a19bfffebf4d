export const metadata = { title: 'Page' }

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <header id="outside"><p>Outside the page, in the layout</p></header>
        {children}
      </body>
    </html>
  )
}
