import { Copy } from 'lucide-react'
import { Button } from 'react-aria-components'
import { copy } from './clipboard.ts'
import { useRowFocus } from './row-focus.ts'
import styles from './copyable-id.module.css'

/** An id that a click copies; `what` is its wire name. Nothing secret belongs here: what is copied by accident is read by others. */
export function CopyableId({ id, what }: { id: string; what: string }) {
  return (
    <Button
      {...useRowFocus()}
      className={styles.id}
      aria-label={`Copy ${what} ${id}`}
      onPress={() => void copy(id, what)}
    >
      <code>{id}</code>
      <Copy aria-hidden size={14} />
    </Button>
  )
}
