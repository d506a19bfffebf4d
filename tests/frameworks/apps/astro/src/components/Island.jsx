import { useEffect, useState } from 'react'

export function Island({ name, children }) {
  const [count, setCount] = useState(0)
  useEffect(() => {
    window.hydrated = true
  }, [])
  return (
    <section id="island">
      <h2 id="island-static">In the island</h2>
      <p id="island-dynamic">Hello, {name}!</p>
      <button id="count" onClick={() => setCount(count + 1)}>Clicked {count} times</button>
      {children}
    </section>
  )
}
