import { useEffect, type ReactNode } from 'react'
import { KeyRound } from 'lucide-react'
import styles from './door.module.css'

/** The frame of the pages before one is signed in. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Lockstitch`
  }, [title])
  return (
    <main className={styles.door}>
      <div className={styles.card}>
        <p className={styles.brand}>
          <KeyRound aria-hidden size={22} />
          Lockstitch
        </p>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </div>
    </main>
  )
}
