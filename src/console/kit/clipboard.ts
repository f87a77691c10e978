import { toast } from './toasts.ts'

/** Puts a text on the clipboard and says so. Without a clipboard (plain http on another machine) it says that instead. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    toast(`${what} copied`)
  } catch {
    toast(`The browser refused to copy. The ${what.toLowerCase()} is ${text}`, 'bad')
  }
}
