package io.robusttrain.base;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * A Hadoop configuration that can travel.
 *
 * @param changed what differs from the defaults
 */
public record HadoopSettings(TreeMap<String, String> changed) implements Serializable {
  public static HadoopSettings of(Configuration hadoop) {
    Configuration defaults = new Configuration();
    TreeMap<String, String> changed = new TreeMap<>();
    for (Map.Entry<String, String> entry : hadoop) {
      if (!entry.getValue().equals(defaults.getRaw(entry.getKey()))) {
        changed.put(entry.getKey(), entry.getValue());
      }
    }
    return new HadoopSettings(changed);
  }

  public Configuration configuration() {
    Configuration hadoop = new Configuration();
    changed.forEach(hadoop::set);
    return hadoop;
  }
}
