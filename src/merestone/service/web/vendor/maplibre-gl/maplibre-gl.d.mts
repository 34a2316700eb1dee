// Types of the packaged library, for the check of the page's own scripts; not served as code.
export * from 'maplibre-gl';
