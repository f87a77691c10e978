/** Of a table's many rows one takes part in the order of the Tab key; what lies in the others is reached through it. */
import { createContext, useContext } from 'react'

/** Null outside tables. */
export const RowFocus = createContext<{ isActive: boolean } | null>(null)

/** Props for anything pressable that may stand in a row. */
export function useRowFocus(): { excludeFromTabOrder?: boolean } {
  const row = useContext(RowFocus)
  return row === null || row.isActive ? {} : { excludeFromTabOrder: true }
}
