import { useEffect, useState } from 'react'
import { values } from '../../../plain/values.mjs'
import { Page } from './Page.jsx'

/** Two pages, and a link between them that navigates without loading. */
export function App({ first }) {
  const [path, setPath] = useState(first)
  useEffect(() => {
    const follow = () => setPath(location.pathname)
    addEventListener('popstate', follow)
    window.hydrated = true
    return () => removeEventListener('popstate', follow)
  }, [])
  const go = (event, to) => {
    event.preventDefault()
    history.pushState(null, '', to)
    setPath(to)
  }
  return <Page key={path} path={path} go={go} {...values} />
}
