// Types of what the page's own scripts use of the packaged library; not served as code. After the package's own types.
interface GeodesicLine {
  s12: number;
  azi1: number;
  lat2: number;
  lon2: number;
}
declare const geodesic: {
  Geodesic: {
    WGS84: {
      Inverse(lat1: number, lon1: number, lat2: number, lon2: number): GeodesicLine;
      Direct(lat1: number, lon1: number, azi1: number, s12: number): GeodesicLine;
    };
  };
};
export default geodesic;
