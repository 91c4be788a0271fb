export type ThemeName = 'dark' | 'light' | 'contrast';

/** VS Code's own themes as its picker calls them, and the class that its window has in each. */
export const themes: Readonly<Record<ThemeName, { readonly label: string; readonly kind: string }>> = {
  dark: { label: 'Dark Modern', kind: 'vs-dark' },
  light: { label: 'Light Modern', kind: 'vs' },
  contrast: { label: 'Dark High Contrast', kind: 'hc-black' },
};
