import styles from './spinner.module.css'

export function Spinner({ label }: { label?: string }) {
  return (
    <span className={styles.wrap} role={label === undefined ? undefined : 'status'}>
      <span className={styles.spinner} aria-hidden />
      {label !== undefined && <span>{label}</span>}
    </span>
  )
}
