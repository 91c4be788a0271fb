export type TabHue = 'grey' | 'blue' | 'green' | 'red' | 'orange';

/** VS Code's own chart colours: a tab's icon is a picture and can't take the theme's variables. */
export const tabHues: Record<TabHue, { readonly light: string; readonly dark: string }> = {
  grey: { light: '#616161', dark: '#a0a0a0' },
  blue: { light: '#1a85ff', dark: '#3794ff' },
  green: { light: '#388a34', dark: '#89d185' },
  red: { light: '#e51400', dark: '#f14c4c' },
  orange: { light: '#bf8803', dark: '#cca700' },
};

/** The picture in 16 by 16 units, with `COLOUR` for its colour, for one kind of theme. */
export function tabPicture(shapes: string, hue: TabHue, theme: 'light' | 'dark'): string {
  const body = shapes.replaceAll('COLOUR', tabHues[hue][theme]);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">${body}</svg>`;
}
