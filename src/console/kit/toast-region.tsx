import { X } from 'lucide-react'
import {
  Button,
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastRegion as Region,
} from 'react-aria-components'
import styles from './toast-region.module.css'
import { toasts } from './toasts.ts'

export function ToastRegion() {
  return (
    <Region queue={toasts} className={styles.region}>
      {({ toast }) => (
        <Toast toast={toast} className={`${styles.toast} ${styles[toast.content.tone]}`}>
          <ToastContent className={styles.content}>
            <Text slot="title">{toast.content.text}</Text>
          </ToastContent>
          <Button slot="close" className={styles.close} aria-label="Close">
            <X aria-hidden size={16} />
          </Button>
        </Toast>
      )}
    </Region>
  )
}
