import { useEffect, useState } from 'react'

const SETTLES_AFTER_MS = 250

/** What was typed, a moment after the last key: what a search asks the server for. */
export function useSettled(text: string): string {
  const wish = text.trim()
  const [settled, setSettled] = useState(wish)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wish), SETTLES_AFTER_MS)
    return () => clearTimeout(timer)
  }, [wish])
  return settled
}
