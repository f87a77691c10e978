import { useEffect, useState, useSyncExternalStore } from 'react'
import { WifiOff } from 'lucide-react'
import { useLiveState } from '../api/live.ts'
import { useLive } from './context.ts'
import styles from './offline-banner.module.css'

/** A stream that is cut is usually back at once: only what lasts is worth a banner. */
const WORTH_SAYING_AFTER_MS = 3_000

/** Says that what is on the screen may be out of date: no network, or no word from the server. */
export function OfflineBanner() {
  const isOnline = useSyncExternalStore(onOnline, () => navigator.onLine)
  const isLost = useLiveState(useLive()) === 'lost'
  const [hasLasted, setLasted] = useState(false)
  useEffect(() => {
    if (!isLost) return undefined
    const timer = setTimeout(() => setLasted(true), WORTH_SAYING_AFTER_MS)
    return () => {
      clearTimeout(timer)
      setLasted(false)
    }
  }, [isLost])
  if (isOnline && !(isLost && hasLasted)) return null
  return (
    <div className={styles.banner} role="status">
      <WifiOff aria-hidden size={18} />
      {isOnline
        ? 'No word from the server: what you see may be out of date. Trying again …'
        : 'You are offline: what you see may be out of date.'}
    </div>
  )
}

function onOnline(listener: () => void): () => void {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}
