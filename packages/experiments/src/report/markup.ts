import { printable } from '@rheobase/network';

/** Text from data must not become markup, nor hold characters that no document may have. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
