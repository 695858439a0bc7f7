package io.robusttrain.base;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * A Hadoop configuration in a form that travels to executors: what files of a site, Spark or the
 * program have set. Hadoop's own defaults are read again where it arrives.
 *
 * @param changed names and raw values; some are credentials, so they must not be logged
 */
public record HadoopSettings(Map<String, String> changed) implements Serializable {
  /** Hadoop's files of defaults are long: a process reads them once. */
  private static final class Shipped {
    static final Configuration DEFAULTS = new Configuration();
  }

  public HadoopSettings {
    changed = Map.copyOf(changed);
  }

  /** Takes the settings that come from elsewhere than Hadoop's shipped defaults. */
  public static HadoopSettings of(Configuration hadoop) {
    Map<String, String> changed = new TreeMap<>();
    for (Map.Entry<String, String> setting : hadoop) {
      String[] sources = hadoop.getPropertySources(setting.getKey());
      if (sources == null
          || sources.length == 0
          || !sources[sources.length - 1].endsWith("-default.xml")) {
        changed.put(setting.getKey(), setting.getValue());
      }
    }
    return new HadoopSettings(changed);
  }

  /** A new configuration with the defaults of this process and these settings. */
  public Configuration configuration() {
    // A copy takes over what is loaded, and a configuration loads when it is first asked.
    Shipped.DEFAULTS.size();
    Configuration hadoop = new Configuration(Shipped.DEFAULTS);
    changed.forEach(hadoop::set);
    return hadoop;
  }

  /** The number of settings only: their values may be credentials. */
  @Override
  public String toString() {
    return changed.size() + " Hadoop settings";
  }
}
